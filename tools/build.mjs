// `npm run build`: the web app, where its sources have changed since it was last built.
import { buildWebApp, install } from './prepare.mjs';

install();
buildWebApp();
