import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import * as v from 'valibot';
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

/** Packages a stage without credentials, and reads what would be deployed. */
export const packageStage = async (stage: string, options: readonly string[] = []) => {
  const directory = await mkdtemp(join(tmpdir(), 'jobmeter-package-'));
  try {
    const serverless = createRequire(import.meta.url).resolve('serverless/bin/serverless.js');
    const args = ['package', '--stage', stage, '--package', directory, ...options];
    const folder = { BUNDLE_FOLDER: relative('', join(directory, 'bundles')) };
    const { code, stderr } = await run(serverless, args, { ...NO_AWS, ...folder });
    if (code !== 0) throw new Error(`serverless package failed: ${stderr}`);
    const zips = (await readdir(directory)).filter((file) => file.endsWith('.zip'));
    const text = await readFile(join(directory, 'cloudformation-template-update-stack.json'), 'utf8');
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
        zips.map(async (zip) => ({ name: zip, zip: await readFile(join(directory, zip)) })),
      ),
    };
  } finally {
    await rm(directory, { recursive: true });
  }
};
