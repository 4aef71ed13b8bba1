/** What runs is what is shown: the draft is at the server before it runs. */
import { useDocument } from '@/doc/store';

/** Wait until nothing is unsaved. */
export async function saved(): Promise<void> {
  if (settled()) return;
  await new Promise<void>((done) => {
    const stop = useDocument.subscribe(() => {
      if (!settled()) return;
      stop();
      done();
    });
  });
}

function settled(): boolean {
  const { kind } = useDocument.getState().save;
  return kind !== 'dirty' && kind !== 'saving';
}
