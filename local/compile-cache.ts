import { join } from 'node:path';

/** Where Node keeps compiled code of programs that are started again and again. */
export const COMPILE_CACHE = join(import.meta.dirname, '../node_modules/.cache/jobmeter');
