// A script in CommonJS does not know where it is.

export function start() {
  throw new TypeError(
    'createPreviewWorker was loaded by require, so it does not know its address: pass it as { worker }',
  );
}
