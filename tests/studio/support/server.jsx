// Renders a case on a server.

import { renderToString } from 'react-dom/server';
import { cases } from './cases.jsx';

export { version } from 'react';
export const names = Object.keys(cases);
export const render = (name, props) => renderToString(cases[name](props));
