/**
 * One role per function, with the actions it may take on partitions of the table.
 * tests/end-to-end/package.test.ts compares these grants with recorded calls.
 */
const SETTLE = {
  GetItem: ['SETTINGS', 'BUDGET-CHECK'],
  PutItem: ['SETTINGS', 'BUDGET-CHECK', 'DUE#*', 'OUT#*', 'PARKED', 'PROJECT#*'],
  Query: ['BUDGET-CHECK', 'JOB#*', 'OUT#*', 'PROJECT#*', 'TARIFF'],
};
const READ_CHARGES = ['CLOSE', 'DUE#*', 'PROJECT#*', 'TARIFF'];

const GRANTS = {
  'record-events': { GetItem: ['SETTINGS'], PutItem: ['SETTINGS', 'JOB#*'] },
  'record-platform-events': { GetItem: ['SETTINGS'], PutItem: ['SETTINGS', 'JOB#*'] },
  'get-projects': {
    GetItem: ['SETTINGS', 'PROJECT#*', 'SNAPSHOT', 'SNAPSHOT#*'],
    PutItem: ['SNAPSHOT'],
    Query: ['BUDGET#*', ...READ_CHARGES, 'SNAPSHOT#*'],
  },
  // A read of a large month is noted, so that a snapshot of it is taken.
  'get-usage': {
    GetItem: ['SETTINGS', 'PROJECT#*', 'SNAPSHOT', 'SNAPSHOT#*'],
    PutItem: ['SNAPSHOT'],
    Query: ['BUDGET#*', ...READ_CHARGES, 'JOB#*', 'SNAPSHOT#*'],
  },
  'get-project-jobs': {
    GetItem: ['SETTINGS', 'PROJECT#*', 'SNAPSHOT'],
    PutItem: ['SNAPSHOT'],
    Query: [...READ_CHARGES, 'JOB#*', 'SNAPSHOT#*'],
  },
  'get-statements': { GetItem: ['SETTINGS', 'PROJECT#*'] },
  'get-statement': {
    // A preview does in memory what the close does, which places its event after those there are.
    GetItem: ['SETTINGS', 'DRAFT#*', 'JOB#*', 'OUT#*', 'PROJECT#*'],
    Query: ['CLOSE', 'DUE#*', 'JOB#*', 'OUT#*', 'PROJECT#*', 'TARIFF'],
  },
  'put-approval': {
    GetItem: ['SETTINGS', 'DRAFT#*', 'PROJECT#*'],
    PutItem: ['SETTINGS', 'CLOSE#*', 'DRAFT#*', 'LOG#*'],
    Query: ['CLOSE', 'CLOSE#*'],
  },
  'get-statement-charges': {
    GetItem: ['SETTINGS', 'PROJECT#*'],
    Query: ['CLOSE', 'DUE#*', 'JOB#*', 'PROJECT#*'],
  },
  'get-reconciliation': { GetItem: ['SETTINGS', 'PROJECT#*'] },
  'get-export': { GetItem: ['SETTINGS', 'PROJECT#*'], Query: ['DUE#*', 'JOB#*', 'PROJECT#*'] },
  'get-job': { GetItem: ['SETTINGS', 'PROJECT#*'], Query: ['JOB#*', 'PROJECT#*', 'TARIFF'] },
  'get-budgets': { GetItem: ['SETTINGS'], Query: ['BUDGET#*', ...READ_CHARGES] },
  'get-budget': { GetItem: ['SETTINGS'], Query: ['BUDGET#*', ...READ_CHARGES] },
  'put-budget': {
    GetItem: ['SETTINGS', 'BUDGET-CHECK'],
    PutItem: ['SETTINGS', 'BUDGET#*', 'BUDGET-CHECK', 'LOG#*'],
    Query: ['BUDGET#*', ...READ_CHARGES],
  },
  'delete-budget': {
    GetItem: ['SETTINGS', 'BUDGET#*', 'BUDGET-CHECK'],
    PutItem: ['SETTINGS', 'BUDGET#*', 'BUDGET-CHECK', 'LOG#*'],
  },
  // Small partitions only, and no charges of projects: what is held is what the last audit has found.
  'get-operations': {
    GetItem: ['SETTINGS', 'CLOSE#*'],
    Query: [
      ...['ATTEMPT#*', 'AUDIT', 'BUDGET-CHECK', 'CLOSE', 'CLOSE#*', 'DRAFT#*', 'DUE#*', 'ENDPOINT'],
      ...['FAILING', 'PARKED', 'POLL', 'PUBLICATION'],
    ],
  },
  'get-operations-log': { GetItem: ['SETTINGS'], Query: ['LOG#*'] },
  'create-link': {},
  'get-page': {},
  'settle-jobs': SETTLE,
  'settle-parked': {
    GetItem: ['SETTINGS', 'BUDGET-CHECK'],
    PutItem: ['SETTINGS', 'BUDGET-CHECK', 'DUE#*', 'OUT#*', 'PROJECT#*'],
    DeleteItem: ['PARKED'],
    Query: ['BUDGET-CHECK', 'JOB#*', 'OUT#*', 'PARKED', 'PROJECT#*', 'TARIFF'],
  },
  'deliver-events': {
    GetItem: ['FAILING'],
    PutItem: ['ATTEMPT#*', 'FAILING', 'OUT#*'],
    DeleteItem: ['FAILING'],
    // A stop is sent to the provider while its run goes on: the facts of its job say so.
    Query: ['ENDPOINT', 'JOB#*', 'OUT#*'],
  },
  'retry-deliveries': {
    GetItem: ['FAILING'],
    PutItem: ['ATTEMPT#*', 'FAILING', 'OUT#*'],
    DeleteItem: ['FAILING'],
    Query: ['ENDPOINT', 'FAILING', 'JOB#*', 'OUT#*'],
  },
  'check-budgets': {
    GetItem: ['SETTINGS', 'BUDGET-CHECK'],
    PutItem: ['SETTINGS', 'BUDGET-CHECK', 'OUT#*'],
    Query: ['BUDGET#*', 'BUDGET-CHECK', 'OUT#*', ...READ_CHARGES],
  },
  'take-snapshots': {
    GetItem: ['SETTINGS', 'PROJECT#*', 'SNAPSHOT'],
    PutItem: ['SETTINGS', 'SNAPSHOT', 'SNAPSHOT#*'],
    Query: ['BUDGET#*', ...READ_CHARGES, 'JOB#*', 'SNAPSHOT', 'SNAPSHOT#*'],
  },
  'audit-charges': {
    GetItem: ['SETTINGS', 'BUDGET-CHECK', 'PARKED', 'PROJECT#*'],
    PutItem: ['SETTINGS', 'AUDIT', 'BUDGET-CHECK', 'DUE#*', 'OUT#*', 'PARKED', 'PROJECT#*', 'PUBLICATION'],
    DeleteItem: ['PROJECT#*', 'PUBLICATION'],
    Query: [
      ...['AUDIT', 'BUDGET-CHECK', 'CLOSE', 'DUE#*', 'JOB#*', 'OUT#*', 'PROJECT#*', 'PUBLICATION', 'TARIFF'],
    ],
  },
  'poll-jobs': {
    GetItem: ['SETTINGS'],
    PutItem: ['SETTINGS', 'JOB#*', 'POLL'],
    Query: ['POLL', 'TARIFF'],
  },
  'close-month': {
    GetItem: ['SETTINGS', 'DRAFT#*', 'PROJECT#*'],
    PutItem: [
      ...[
        'SETTINGS',
        'CLOSE',
        'CLOSE#*',
        'DRAFT#*',
        'DUE#*',
        'JOB#*',
        'OUT#*',
        'PARKED',
        'POLL#*',
        'PROJECT#*',
      ],
    ],
    BatchWriteItem: ['PROJECT#*'],
    DeleteItem: ['PROJECT#*'],
    Query: ['CLOSE', 'CLOSE#*', 'DRAFT#*', 'DUE#*', 'JOB#*', 'OUT#*', 'POLL#*', 'PROJECT#*', 'TARIFF'],
  },
};

const arnOf = (resource, attribute = 'Arn') => ({ 'Fn::GetAtt': [resource, attribute] });
const allow = (actions, resource, condition) => ({
  Effect: 'Allow',
  Action: actions,
  Resource: resource,
  ...(condition && { Condition: condition }),
});

const grant = ([action, partitions]) =>
  allow([`dynamodb:${action}`], arnOf('JobmeterTable'), {
    'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': partitions },
  });

/** Attributes that a scan reads, as in `SCANNED_ATTRIBUTES` of the store. */
const SCANNED = [
  ...['pk', 'sk', 'kind', 'jobId', 'projectId', 'source', 'id', 'time', 'nanos'],
  ...['status', 'resources', 'labels', 'timeoutMs', 'retracts', 'reason', 'month', 'recordedAt'],
];

// An event source mapping uses the role of its function.
const READ_STREAM = allow(
  ['DescribeStream', 'GetRecords', 'GetShardIterator', 'ListStreams'].map((action) => `dynamodb:${action}`),
  arnOf('JobmeterTable', 'StreamArn'),
);

/** Permissions beyond table partitions. */
const FURTHER = {
  // Lambda puts an event that it could not have recorded there with the role of the function.
  'record-platform-events': [allow(['sqs:SendMessage'], arnOf('UnrecordedEvents'))],
  'settle-jobs': [READ_STREAM, allow(['sqs:SendMessage'], arnOf('UnsettledFacts'))],
  'deliver-events': [READ_STREAM, allow(['sqs:SendMessage'], arnOf('UndeliveredEvents'))],
  // An audit scans the keys of all items and the facts of all jobs, and nothing else.
  'audit-charges': [
    allow(['dynamodb:Scan'], arnOf('JobmeterTable'), {
      'ForAllValues:StringEquals': { 'dynamodb:Attributes': SCANNED },
      StringEqualsIfExists: { 'dynamodb:Select': 'SPECIFIC_ATTRIBUTES' },
    }),
  ],
};

const capital = (word) => word.charAt(0).toUpperCase() + word.slice(1);
const roleName = (name) => `${name.split('-').map(capital).join('')}Role`;
/** The name given by the Serverless Framework. */
const logGroupName = (name) => `${capital(name).replaceAll('-', 'Dash')}LogGroup`;

const roleOf = ([name, grants]) => [
  roleName(name),
  {
    Type: 'AWS::IAM::Role',
    Properties: {
      AssumeRolePolicyDocument: {
        Version: '2012-10-17',
        Statement: [
          { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' },
        ],
      },
      Policies: [
        {
          PolicyName: name,
          PolicyDocument: {
            Version: '2012-10-17',
            Statement: [
              ...Object.entries(grants).map(grant),
              ...(FURTHER[name] ?? []),
              allow(['logs:CreateLogStream', 'logs:PutLogEvents'], arnOf(logGroupName(name))),
            ],
          },
        },
      ],
    },
  },
];

export const resources = { Resources: Object.fromEntries(Object.entries(GRANTS).map(roleOf)) };
