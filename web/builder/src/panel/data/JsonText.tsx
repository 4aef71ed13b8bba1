import { json, jsonParseLinter } from '@codemirror/lang-json';
import { linter } from '@codemirror/lint';
import { CodeMirror } from '../expression/CodeMirror';

const EXTENSIONS = [json(), linter(jsonParseLinter())];

/** JSON as text, with what is wrong marked. */
export default function JsonText({
  value,
  onChange,
  label,
}: {
  value: string;
  onChange: (text: string) => void;
  label: string;
}) {
  return <CodeMirror value={value} onChange={onChange} extensions={EXTENSIONS} label={label} focus />;
}
