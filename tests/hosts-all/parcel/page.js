import { render } from './consumer/server.js';

render().then((text) => {
  globalThis.outcome = JSON.parse(text);
});
