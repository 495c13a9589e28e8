// Starts the page.

import './style.css';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';

createRoot(document.getElementById('studio') as HTMLElement).render(<App />);
