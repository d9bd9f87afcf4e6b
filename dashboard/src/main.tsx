import { render } from 'preact';
import { wellFormed } from './api/paths.ts';
import { App } from './app.tsx';
import { restoreLostFocus } from './ui/restore-focus.ts';
import { askBeforeLeaving } from './ui/unsaved.ts';
import './styles/tokens.css';
import './styles/base.css';
import './styles/shell.css';
import './styles/controls.css';
import './styles/content.css';
import './styles/chart.css';

const root = document.getElementById('app');
if (!root) throw new Error('the page has no element to show the dashboard in');
const { pathname, search, hash } = location;
if (wellFormed(pathname) !== pathname) history.replaceState(null, '', `${wellFormed(pathname)}${search}${hash}`);
askBeforeLeaving();
restoreLostFocus();
render(<App />, root);
