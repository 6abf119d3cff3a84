import { readFile } from 'node:fs/promises';

/** Path of a file below the innermost node_modules. */
const nameOf = (path) => path.replaceAll('\\', '/').replace(/^.*\/node_modules\//, '');

/**
 * A plugin that replaces files of packages. Fails where `entry` is in a bundle and one of the files
 * is not, as after an update that has moved it.
 */
export const leanPackage = ({ name, packages, entry, parts }) => ({
  name,
  setup(build) {
    const loaded = new Set();
    build.onStart(() => loaded.clear());
    build.onLoad({ filter: packages, namespace: 'file' }, async ({ path }) => {
      const file = nameOf(path);
      loaded.add(file);
      const replacement = parts.find((part) => part.file === file)?.replacement;
      if (replacement === undefined) return;
      const contents =
        typeof replacement === 'string' ? replacement : replacement(await readFile(path, 'utf8'));
      return { contents, loader: 'js' };
    });
    build.onEnd(() => {
      const missing = loaded.has(entry) ? parts.filter(({ file }) => !loaded.has(file)) : [];
      return { errors: missing.map(({ file }) => ({ text: `deploy/${name}.js: there is no ${file}` })) };
    });
  },
});
