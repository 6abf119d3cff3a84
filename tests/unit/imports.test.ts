import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, test } from 'vitest';

/**
 * Imports run one way. Each folder may import from itself, from those named here, and from the
 * leaves that belong to no folder; `billing` imports nothing of the project.
 */
const MAY_IMPORT: Record<string, readonly string[]> = {
  'lib/billing': [],
  'lib/store': ['lib/billing'],
  'lib/shapes': ['lib/billing', 'lib/media-type.ts', 'lib/validation.ts'],
  'lib/operations': [
    'lib/sources',
    // The interface. Its implementation, which calls the network, is handed in.
    'lib/provider/ovh-api.ts',
    'lib/store',
    'lib/shapes',
    'lib/billing',
    'lib/canonical-json.ts',
    'lib/refusal.ts',
    'lib/validation.ts',
  ],
  'lib/export': ['lib/shapes', 'lib/billing', 'lib/answer-bytes.ts'],
  'lib/sources': ['lib/billing', 'lib/validation.ts'],
  'lib/provider': [],
  'lib/webhooks': ['lib/operations/deliver', 'lib/store', 'lib/billing'],
  'lib/http': [
    'lib/export/html.ts',
    'lib/operations',
    'lib/shapes',
    'lib/store/action-log.ts',
    'lib/store/unavailable.ts',
    'lib/webhooks/sign-webhook.ts',
    'lib/billing',
    'lib/answer-bytes.ts',
    'lib/media-type.ts',
    'lib/refusal.ts',
    'lib/validation.ts',
    'lib/config.ts',
    'lib/connect.ts',
  ],
  'lib/answer-bytes.ts': [],
  'lib/canonical-json.ts': [],
  // Instead of Node's, in bundles and on the page.
  'lib/assert.ts': [],
  'lib/media-type.ts': [],
  'lib/refusal.ts': [],
  'lib/validation.ts': ['lib/refusal.ts'],
  'lib/config.ts': ['lib/config', 'lib/billing', 'lib/validation.ts'],
  'lib/config': ['lib/provider/ovh-access.ts', 'lib/provider/ovh-api.ts'],
  'lib/stream.ts': ['lib/store', 'lib/billing'],
  // The provider's client is handed in there.
  'lib/built-in-receivers.ts': ['lib/operations', 'lib/provider', 'lib/billing', 'lib/config', 'lib/store'],
  'lib/connect.ts': ['lib/operations', 'lib/store', 'lib/config.ts'],
  'lib/log-sample.ts': [],
  'lib/worker.ts': ['lib/config.ts', 'lib/connect.ts', 'lib/metrics.ts'],
  'lib/metrics.ts': ['lib/operations', 'lib/billing'],
  functions: ['lib', 'web/build'],
  local: ['lib'],
  // Made from the provider's own models, so that it tests what is made from them here.
  'local/ovh-stand-in': [],
  cli: ['lib', 'local'],
  // Of the exports, words that are the same on paper and on screen.
  web: [
    'lib/billing',
    'lib/shapes',
    'lib/validation.ts',
    'lib/export/cause-texts.ts',
    'lib/export/display-text.ts',
  ],
  // Runs where the bundle is built, never in a browser.
  'web/build': ['lib/http'],
};

/** The files that use the engine. Everything else works on the store it is given. */
const ENGINE = ['client', 'expressions', 'reads', 'writes'].map((part) => `lib/store/dynamodb-${part}.ts`);

const sources = globSync('{functions,lib,cli,local,web}/**/*.{ts,tsx}');
const PACKAGE = JSON.parse(readFileSync('package.json', 'utf8')) as Readonly<
  Record<'imports' | 'devDependencies', Readonly<Record<string, string>>>
>;

const importsOf = (file: string): string[] =>
  [...readFileSync(file, 'utf8').matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map(([, name = '']) => name);
/** The file of the project that a name stands for, in a file that imports it. */
const fileNamed = (name: string, from: string): string | undefined => {
  const mapped = PACKAGE.imports[name];
  if (mapped !== undefined) return normalize(mapped);
  return name.startsWith('.') ? normalize(join(dirname(from), name)) : undefined;
};
const isWithin = (file: string, place: string) => file === place || file.startsWith(`${place}/`);
const placeOf = (file: string) =>
  Object.keys(MAY_IMPORT)
    .filter((place) => isWithin(file, place))
    .sort((a, b) => b.length - a.length)[0];

test('every source file has a place in the import rules', () => {
  expect(sources.length).toBeGreaterThan(30);
  expect(sources.filter((file) => placeOf(file) === undefined)).toEqual([]);
});

test('imports run one way: functions and cli to http, export and operations, to store, to billing', () => {
  const against = sources.flatMap((file) =>
    importsOf(file)
      .flatMap((name) => fileNamed(name, file) ?? [])
      .filter((target) => {
        const place = placeOf(file) ?? '';
        const allowed = [place, ...(MAY_IMPORT[place] ?? [])];
        return !allowed.some((other) => isWithin(target, other));
      })
      .map((target) => `${file} imports ${target}`),
  );
  expect(against).toEqual([]);
});

test('the page runs on the rules of billing; of the shapes it takes the types only', () => {
  const taken = sources
    .filter((file) => file.startsWith('web/') && !file.startsWith('web/build/'))
    .filter((file) => /^import (?!type )[^;]*lib\/shapes/m.test(readFileSync(file, 'utf8')));
  expect(taken).toEqual([]);
});

test('only the DynamoDB table and its client import AWS', () => {
  const others = sources
    .filter((file) => file.startsWith('lib/') && !ENGINE.includes(file))
    .filter((file) => importsOf(file).some((name) => /^@(aws-sdk|smithy)\//.test(name)));
  expect(others).toEqual([]);
});

/** Everything a file brings with it: files of the project, and packages by name. */
const broughtBy = (file: string, brought = new Set<string>()): Set<string> => {
  for (const name of importsOf(file)) {
    const target = name.startsWith('.') ? normalize(join(dirname(file), name)) : name;
    if (brought.has(target)) continue;
    brought.add(target);
    if (name.startsWith('.') && target.endsWith('.ts')) broughtBy(target, brought);
  }
  return brought;
};

/** What is loaded with a file: without types, and without what it imports only when it needs it. */
const loadedWith = (file: string, loaded = new Set<string>()): Set<string> => {
  const statements = readFileSync(file, 'utf8').matchAll(
    /^(?:import|export) (?!type )(?:[^;']* from )?'([^']+)';/gm,
  );
  for (const [, name = ''] of statements) {
    const target = name.startsWith('.') ? normalize(join(dirname(file), name)) : name;
    if (loaded.has(target)) continue;
    loaded.add(target);
    if (name.startsWith('.')) loadedWith(target, loaded);
  }
  return loaded;
};

test('the command line starts with the list of commands only', () => {
  expect([...loadedWith('cli/jobmeter.ts')].sort()).toEqual([
    'local/compile-cache.ts',
    'node:module',
    'node:path',
  ]);
  expect([...loadedWith('cli/program.ts')].sort()).toEqual(['cli/commands.ts', 'commander', 'node:fs']);
});

test('no command loads the client of AWS or another command before it is run', () => {
  const commands = globSync('cli/commands/*.ts');
  expect(commands.length).toBeGreaterThan(10);
  expect(commands.filter((file) => loadedWith(file).has('@aws-sdk/client-dynamodb'))).toEqual([]);
  expect(commands.filter((file) => commands.some((other) => loadedWith(file).has(other)))).toEqual([]);
});

test('no function bundles the converter of schemas, which runs at build time only', () => {
  const bringing = sources
    .filter(
      (file) => file.startsWith('functions/') || file === normalize(PACKAGE.imports['#static-files'] ?? ''),
    )
    .filter((file) => broughtBy(file).has('@valibot/to-json-schema'));
  expect(bringing).toEqual(['web/build/static-files.ts']);
});

test('what is deployed imports no package that is for development', () => {
  const packageOf = (name: string) => /^(?:@[^/]+\/)?[^/]+/.exec(name)?.[0] ?? name;
  const against = sources
    .filter((file) => /^(functions|lib)\//.test(file))
    .flatMap((file) =>
      importsOf(file)
        .filter((name) => packageOf(name) in PACKAGE.devDependencies)
        .map((name) => `${file} imports ${name}`),
    );
  expect(against).toEqual([]);
  expect(importsOf('web/build/page.ts').filter((name) => packageOf(name) in PACKAGE.devDependencies)).toEqual(
    ['esbuild'],
  );
});

test('the pure core reads no clock, no chance and no environment', () => {
  const impure = sources
    .filter((file) => /^lib\/(billing|export|operations|sources)\//.test(file))
    .filter((file) =>
      /process\.env|Date\.now\(|new Date\(\)|Math\.random\(/.test(readFileSync(file, 'utf8')),
    );
  expect(impure).toEqual([]);
});
