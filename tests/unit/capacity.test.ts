import { expect, test } from 'vitest';

interface Template {
  readonly Resources: Readonly<Record<string, { readonly Properties: Readonly<Record<string, unknown>> }>>;
}

const { capacityOf } = (await import(new URL('../../deploy/capacity.js', import.meta.url).href)) as {
  readonly capacityOf: (capacity: string, from: unknown, to: unknown) => Template;
};

test('a table on demand is the one that serverless.yml declares, whatever the bounds', () => {
  expect(capacityOf('on-demand', 'no', 'bounds')).toEqual({ Resources: {} });
});

test('provisioned units follow the load between the bounds, so that seven tenths of them are used', () => {
  const { Resources } = capacityOf('provisioned', '5', '4000');
  expect(Resources.JobmeterTable?.Properties).toEqual({
    BillingMode: 'PROVISIONED',
    ProvisionedThroughput: { ReadCapacityUnits: 5, WriteCapacityUnits: 5 },
  });
  for (const kind of ['Read', 'Write']) {
    // No role: AWS has a service-linked one for tables.
    expect(Resources[`Table${kind}Units`]).toEqual({
      Type: 'AWS::ApplicationAutoScaling::ScalableTarget',
      Properties: {
        ServiceNamespace: 'dynamodb',
        ResourceId: { 'Fn::Join': ['/', ['table', { Ref: 'JobmeterTable' }]] },
        ScalableDimension: `dynamodb:table:${kind}CapacityUnits`,
        MinCapacity: 5,
        MaxCapacity: 4_000,
      },
    });
    expect(Resources[`Table${kind}Scaling`]).toMatchObject({
      Type: 'AWS::ApplicationAutoScaling::ScalingPolicy',
      Properties: {
        PolicyType: 'TargetTrackingScaling',
        ScalingTargetId: { Ref: `Table${kind}Units` },
        TargetTrackingScalingPolicyConfiguration: {
          PredefinedMetricSpecification: { PredefinedMetricType: `DynamoDB${kind}CapacityUtilization` },
          TargetValue: 70,
        },
      },
    });
  }
  expect(Object.keys(Resources)).toHaveLength(5);
});

test.each([
  ['provisionned', 5, 4_000, 'capacity: provisionned must be on-demand or provisioned'],
  ['provisioned', 0, 4_000, 'capacityFrom: 0 must be a whole number from 1'],
  ['provisioned', '2.5', 4_000, 'capacityFrom: 2.5 must be a whole number from 1'],
  ['provisioned', 5, 4, 'capacityTo: 4 must be a whole number from 5'],
])('a stage with capacity %s from %s to %s is not deployed', (capacity, from, to, error) => {
  expect(() => capacityOf(capacity, from, to)).toThrow(error);
});
