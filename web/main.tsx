import { render } from 'preact';
import { App } from './app.tsx';
import { takeSignInLink } from './session.ts';
import './styles/tokens.css';
import './styles/base.css';
import './styles/parts.css';
import './styles/print.css';

// The token leaves the address before anything is rendered or requested.
render(<App link={takeSignInLink()} />, document.body);
