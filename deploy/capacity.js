/** Percent of the units that are to be used: the rest is for peaks, until there are more units. */
const TARGET_USE = 70;

const wholeFrom = (least, name, value) => {
  const units = Number(value);
  if (!Number.isInteger(units) || units < least)
    throw new Error(`${name}: ${value} must be a whole number from ${least}: units of the table a second`);
  return units;
};

/** Units of one kind, `Read` or `Write`, that follow the load. */
const scaled = (kind, from, to) => ({
  [`Table${kind}Units`]: {
    Type: 'AWS::ApplicationAutoScaling::ScalableTarget',
    Properties: {
      ServiceNamespace: 'dynamodb',
      ResourceId: { 'Fn::Join': ['/', ['table', { Ref: 'JobmeterTable' }]] },
      ScalableDimension: `dynamodb:table:${kind}CapacityUnits`,
      // Without a role it is the service-linked one, which AWS creates for the first table of an account.
      ...{ MinCapacity: from, MaxCapacity: to },
    },
  },
  [`Table${kind}Scaling`]: {
    Type: 'AWS::ApplicationAutoScaling::ScalingPolicy',
    Properties: {
      PolicyName: `${kind.toLowerCase()}-units`,
      PolicyType: 'TargetTrackingScaling',
      ScalingTargetId: { Ref: `Table${kind}Units` },
      TargetTrackingScalingPolicyConfiguration: {
        PredefinedMetricSpecification: { PredefinedMetricType: `DynamoDB${kind}CapacityUtilization` },
        TargetValue: TARGET_USE,
      },
    },
  },
});

/** What a table needs beside its declaration, which is the one of a table on demand. */
export const capacityOf = (capacity, capacityFrom, capacityTo) => {
  if (capacity === 'on-demand') return { Resources: {} };
  if (capacity !== 'provisioned') throw new Error(`capacity: ${capacity} must be on-demand or provisioned`);
  const from = wholeFrom(1, 'capacityFrom', capacityFrom);
  const to = wholeFrom(from, 'capacityTo', capacityTo);
  return {
    Resources: {
      JobmeterTable: {
        Properties: {
          BillingMode: 'PROVISIONED',
          ProvisionedThroughput: { ReadCapacityUnits: from, WriteCapacityUnits: from },
        },
      },
      ...scaled('Read', from, to),
      ...scaled('Write', from, to),
    },
  };
};

/** The setting of the stage, for `serverless.yml`. */
export const resources = async ({ resolveVariable }) =>
  capacityOf(
    await resolveVariable('param:capacity'),
    await resolveVariable('param:capacityFrom'),
    await resolveVariable('param:capacityTo'),
  );
