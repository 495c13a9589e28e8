// A page of all components: what a host makes of them. `globalThis.show(name)` renders one of the cases.

import { createPreviewWorker } from '@lssm-tech/lib.context-snapshot/worker';
import { Component, StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { cases } from './cases.jsx';

globalThis.worker = createPreviewWorker({
  worker: () => new Worker('/node_modules/@lssm-tech/lib.context-snapshot/dist/preview-worker.js', { type: 'module' }),
});
globalThis.calls = [];

/** Notes what a component throws. */
class Boundary extends Component {
  state = {};
  static getDerivedStateFromError(error) {
    return { error };
  }
  render() {
    return this.state.error ? <p id="crash">{String(this.state.error)}</p> : this.props.children;
  }
}

let root;
globalThis.show = async (name, props) => {
  root?.unmount();
  root = createRoot(document.querySelector('main'));
  const element = await cases[name](props);
  root.render(
    <StrictMode>
      <Boundary>{element}</Boundary>
    </StrictMode>,
  );
};
globalThis.ready = true;
