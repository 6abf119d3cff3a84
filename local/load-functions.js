import { pathToFileURL } from 'node:url';
import { ConfigError } from '../lib/config/environment.ts';

/**
 * Loads every function before any is served. If one cannot be loaded, e.g. because of a refused
 * secret, the start ends with a one-line reason sent to the parent process.
 */
export default class LoadFunctions {
  constructor({ service, serviceDir, configSchemaHandler }) {
    // A fifth of a start; a stage that is packaged is checked, and ends with what is wrong.
    configSchemaHandler.validateConfig = async () => {};
    this.hooks = { 'before:offline:start:init': () => this.load(service, serviceDir) };
  }

  async load({ functions, provider }, directory) {
    const refused = new Set();
    const broken = [];
    for (const [name, { handler, environment }] of Object.entries(functions)) {
      Object.assign(process.env, provider.environment, environment);
      const [path] = handler.split('.');
      await import(pathToFileURL(`${directory}/${path}.ts`).href).catch((error) => {
        if (error?.name !== ConfigError.name)
          broken.push(`${name} cannot be loaded: ${String(error?.message ?? error).split('\n')[0]}`);
        else for (const problem of error.problems) refused.add(problem);
      });
    }
    const problems = refused.size > 0 ? [new ConfigError([...refused]).message] : broken;
    if (problems.length === 0) return;
    if (process.send) await new Promise((sent) => process.send(problems.join('; '), sent));
    else console.error(problems.join('; '));
    process.exit(1);
  }
}
