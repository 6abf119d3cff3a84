import { buildPage } from './build.ts';

/**
 * The files of the web page. Where the TypeScript files run as they are (the local stack, tests) they are built when this module is
 * loaded; in a deployed bundle `deploy/page-plugin.js` puts the built files in its place.
 */
export const pageFiles = await buildPage();
