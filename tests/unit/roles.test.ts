import { expect, test } from 'vitest';

const { resources } = (await import(new URL('../../deploy/roles.js', import.meta.url).href)) as {
  readonly resources: { readonly Resources: Readonly<Record<string, Role>> };
};

interface Grant {
  readonly Action: readonly string[];
  readonly Condition?: { readonly 'ForAllValues:StringLike'?: { readonly 'dynamodb:LeadingKeys': string[] } };
}

interface Role {
  readonly Properties: {
    readonly Policies: readonly { readonly PolicyDocument: { readonly Statement: readonly Grant[] } }[];
  };
}

const grants = Object.entries(resources.Resources).flatMap(([role, { Properties }]) =>
  Properties.Policies.flatMap(({ PolicyDocument }) =>
    PolicyDocument.Statement.map(({ Action, Condition }) => ({
      role,
      actions: Action,
      partitions: Condition?.['ForAllValues:StringLike']?.['dynamodb:LeadingKeys'] ?? [],
    })),
  ),
);

const onLog = grants.filter(({ partitions }) =>
  partitions.some((partition) => partition.startsWith('LOG') || partition.startsWith('*')),
);

test('the log of actions is only added to and read: no function may delete or batch-write it', () => {
  expect(onLog.map(({ role }) => role)).toContain('GetOperationsLogRole');
  for (const { actions } of onLog)
    expect(['dynamodb:PutItem', 'dynamodb:Query']).toEqual(expect.arrayContaining([...actions]));
});

test('only the function of the API reads it', () => {
  const readers = onLog.filter(({ actions }) => actions.includes('dynamodb:Query')).map(({ role }) => role);
  expect(readers).toEqual(['GetOperationsLogRole']);
});

test('what operators read has no facts, charges or statements, and no scan', () => {
  const ofOperators = grants.filter(({ role }) => /^GetOperations(Log)?Role$/.test(role));
  expect(ofOperators.flatMap(({ actions }) => actions)).not.toContain('dynamodb:Scan');
  expect(
    ofOperators.flatMap(({ partitions }) => partitions).filter((one) => /^(JOB|PROJECT)/.test(one)),
  ).toEqual([]);
});
