import { CircleAlert } from 'lucide-react';
import type { Doc } from '@/doc/model';
import { useDocument } from '@/doc/store';
import type { FieldProblem } from '@/lib/api';
import { t } from '@/lib/i18n';
import { Button } from '@/ui/Button';
import { Popover } from '@/ui/Popover';
import { useView } from './view';

/** The node that a problem is at, by its path `nodes.<id>.params.…`, and the field within. */
export function placeOf(issue: FieldProblem, doc: Doc): { node: string; name: string; field: string } | null {
  const [root, node = '', ...rest] = issue.path.split('.');
  const found = root === 'nodes' ? doc.nodes[node] : undefined;
  return found ? { node, name: found.name, field: rest.join('.') } : null;
}

/** How many things keep the draft from running; the list leads to each of them. */
export function IssuesButton() {
  const issues = useDocument((state) => state.issues);
  if (issues.length === 0) return null;
  return (
    <Popover
      label={t('editor.issues')}
      align="end"
      trigger={
        <Button look="quiet" icon={CircleAlert} className="issues-button">
          {t('editor.issue_count', { count: issues.length })}
        </Button>
      }
    >
      <IssueList issues={issues} />
    </Popover>
  );
}

export function IssueList({ issues, onGo }: { issues: readonly FieldProblem[]; onGo?: () => void }) {
  const doc = useDocument((state) => state.doc);
  return (
    <ul className="issue-list">
      {issues.map((issue) => {
        const place = placeOf(issue, doc);
        return (
          <li key={issue.path + issue.message}>
            <button
              type="button"
              className="issue"
              onClick={() => {
                if (place) useView.getState().openNode(place.node, place.field);
                else useView.getState().show('settings');
                onGo?.();
              }}
            >
              <strong className="truncate">{place?.name ?? t('editor.workflow')}</strong>
              <span>{issue.message}</span>
              <code className="meta">{place?.field ?? issue.path}</code>
            </button>
          </li>
        );
      })}
    </ul>
  );
}
