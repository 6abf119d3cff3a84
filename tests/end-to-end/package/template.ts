import { copyFile, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';
import { PROJECT_DIR } from '../../../local/serverless-file.ts';
import { run } from '../programs.ts';

const Resource = v.looseObject({
  Type: v.string(),
  DeletionPolicy: v.optional(v.string()),
  UpdateReplacePolicy: v.optional(v.string()),
  Properties: v.optional(v.record(v.string(), v.unknown()), {}),
});

const Template = v.looseObject({ Resources: v.record(v.string(), Resource) });

const Statement = v.strictObject({
  Effect: v.literal('Allow'),
  Action: v.array(v.string()),
  Resource: v.strictObject({ 'Fn::GetAtt': v.tuple([v.string(), v.string()]) }),
  Condition: v.optional(v.record(v.string(), v.record(v.string(), v.unknown()))),
});

const VERSION = v.literal('2012-10-17');

/**
 * Taken on by Lambda alone, with one policy and nothing beside it: what is not listed here is no
 * part of a role.
 */
const Role = v.strictObject({
  AssumeRolePolicyDocument: v.strictObject({
    Version: VERSION,
    Statement: v.strictTuple([
      v.strictObject({
        Effect: v.literal('Allow'),
        Principal: v.strictObject({ Service: v.literal('lambda.amazonaws.com') }),
        Action: v.literal('sts:AssumeRole'),
      }),
    ]),
  }),
  Policies: v.strictTuple([
    v.strictObject({
      PolicyName: v.string(),
      PolicyDocument: v.strictObject({ Version: VERSION, Statement: v.array(Statement) }),
    }),
  ]),
});

export type Statement = v.InferOutput<typeof Statement>;

/** The resources that a template refers to, wherever it does. */
function* referredTo(value: unknown): Iterable<string> {
  if (typeof value !== 'object' || value === null) return;
  for (const [name, member] of Object.entries(value)) {
    if (name === 'Ref' && typeof member === 'string') yield member;
    else if (name === 'Fn::GetAtt' && Array.isArray(member)) yield String(member[0]);
    else yield* referredTo(member);
  }
}

const NO_AWS = { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined, AWS_REGION: undefined };

/**
 * Links the project into a directory of its own: a packaging works in folders of the directory it runs in,
 * so two of them at once would mix what they make.
 */
const linkProject = async (directory: string): Promise<void> => {
  const project = fileURLToPath(PROJECT_DIR);
  for (const name of await readdir(project)) {
    // A link to it is no service for the program.
    if (name === 'serverless.yml') await copyFile(join(project, name), join(directory, name));
    else if (!name.startsWith('.')) await symlink(join(project, name), join(directory, name));
  }
};

/** Packages a stage without credentials, and reads what would be deployed. */
export const packageStage = async (stage: string, options: readonly string[] = []) => {
  const directory = await mkdtemp(join(tmpdir(), 'jobmeter-package-'));
  try {
    await linkProject(directory);
    const serverless = createRequire(import.meta.url).resolve('serverless/bin/serverless.js');
    const args = ['package', '--stage', stage, ...options];
    const { code, stdout, stderr } = await run(serverless, args, NO_AWS, '', directory);
    if (code !== 0) throw new Error(`serverless package failed: ${stdout}${stderr}`);
    const made = join(directory, '.serverless');
    const zips = (await readdir(made)).filter((file) => file.endsWith('.zip'));
    const text = await readFile(join(made, 'cloudformation-template-update-stack.json'), 'utf8');
    const { Resources: resources } = v.parse(Template, JSON.parse(text));

    const resource = (name: string) => {
      const found = resources[name];
      if (!found) throw new Error(`the template has no ${name}`);
      return found;
    };
    return {
      text,
      resources,
      resource,
      references: [...new Set(referredTo(JSON.parse(text)))].filter((name) => !name.startsWith('AWS::')),
      properties: (name: string) => resource(name).Properties,
      ofType: (type: string) =>
        Object.entries(resources)
          .filter(([, { Type }]) => Type === type)
          .map(([name, { Properties }]) => ({ name, properties: Properties })),
      /** What a role allows. */
      statements: (role: string): Statement[] =>
        v.parse(Role, resource(role).Properties).Policies[0].PolicyDocument.Statement,
      bundles: await Promise.all(
        zips.map(async (zip) => ({ name: zip, zip: await readFile(join(made, zip)) })),
      ),
    };
  } finally {
    await rm(directory, { recursive: true });
  }
};
