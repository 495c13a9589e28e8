// A page that previews a pack in the worker of `./worker`.
import { createPreviewWorker } from '@lssm-tech/lib.context-snapshot/worker';

const pack = { packKey: 'p', version: '1', title: 't' };
const preview = async () => {
  const worker = createPreviewWorker();
  const list = await worker.read('{"itemId":"a","kind":"k","sourceKey":"s","content":"c"}');
  const { hash, itemCount } = await list.preview({ packKey: 'p' }, { actor: 'user', pack });
  return [hash, itemCount];
};
preview().then(
  (outcome) => {
    globalThis.outcome = outcome;
  },
  (error) => {
    globalThis.outcome = String(error);
  },
);
