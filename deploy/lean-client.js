import { leanPackage } from './lean-package.js';

/** Parts of AWS's client that the functions never use, by file, with their replacements. */
const PARTS = [
  {
    file: '@aws-sdk/credential-provider-node/dist-es/index.js',
    why: 'Lambda sets credentials in the environment. No profiles, SSO, roles, processes, metadata services.',
    replacement: `export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env';`,
  },
  {
    file: '@smithy/core/dist-es/submodules/config/node-config-provider/fromSharedConfigFiles.js',
    why: 'A function has no ~/.aws/config: settings are environment variables or defaults.',
    replacement: `import { CredentialsProviderError } from '../property-provider/CredentialsProviderError';
      export const fromSharedConfigFiles = () => async () => {
        throw new CredentialsProviderError('not in the environment');
      };`,
  },
  {
    file: '@smithy/core/dist-es/submodules/config/config-resolver/regionConfig/getInstanceMetadataRegion.js',
    why: 'Only EC2 instances read the region from the metadata service; Lambda sets AWS_REGION.',
    replacement: 'export const getInstanceMetadataRegion = async () => undefined;',
  },
  {
    file: '@aws-sdk/client-dynamodb/dist-es/endpoint/endpointResolver.js',
    why: 'The public endpoint of the region, or the one that is set: no tree of rules for accounts, FIPS, IPv6.',
    replacement: `import { partition } from '@aws-sdk/core/client';
      export const defaultEndpointResolver = ({ Endpoint, Region, UseFIPS, UseDualStack }) => {
        if (UseFIPS || UseDualStack) throw new Error('the bundled client has no FIPS or dual-stack endpoints');
        const url = Endpoint ?? \`https://dynamodb.\${Region}.\${partition(Region).dnsSuffix}\`;
        return { url: new URL(url), properties: {}, headers: {} };
      };`,
  },
  {
    file: '@aws-sdk/middleware-endpoint-discovery/dist-es/index.js',
    why: 'DynamoDB has no endpoints to be discovered; it is off unless enabled.',
    replacement: `export const NODE_ENDPOINT_DISCOVERY_CONFIG_OPTIONS = { environmentVariableSelector: () => false };
      export const resolveEndpointDiscoveryConfig = (config) => config;`,
  },
  {
    file: '@smithy/core/dist-es/submodules/event-streams/index.js',
    why: 'No operation of DynamoDB streams events. Importing it on demand also wraps every module it shares.',
    replacement: `export const eventStreamSerdeProvider = () => undefined;
      export class EventStreamSerde {
        constructor() {
          throw new Error('the bundled client has no event streams');
        }
      }`,
  },
  {
    file: '@smithy/core/dist-es/submodules/checksum/sha256/Sha256Node.js',
    why: 'lib/store/sha256.ts is used instead. This one also has a SHA-256 in JavaScript.',
    replacement: 'export const Sha256Node = undefined;',
  },
  {
    file: '@smithy/core/dist-es/submodules/serde/util-body-length/calculateBodyLength.js',
    why: 'A body is text or bytes. To measure files it imports node:fs, and with it node:fs/promises.',
    replacement: `export const calculateBodyLength = (body) =>
        typeof body === 'string' ? Buffer.byteLength(body) : (body?.byteLength ?? 0);`,
  },
  {
    file: '@aws-sdk/core/dist-es/submodules/client/util-user-agent-node/defaultUserAgent.js',
    why: 'The same user agent without looking for other runtimes: importing node:process loads its reports.',
    replacement: `export const crtAvailability = { isCrtAvailable: false };
      export const createDefaultUserAgentProvider = ({ serviceId, clientVersion }) => async () => [
        ['aws-sdk-js', clientVersion],
        ['ua', '2.1'],
        ['os/' + process.platform],
        ['lang/js'],
        ['md/nodejs', process.versions.node],
        ['api/' + serviceId, clientVersion],
        ...(process.env.AWS_EXECUTION_ENV ? [['exec-env/' + process.env.AWS_EXECUTION_ENV]] : []),
      ];
      export const defaultUserAgent = createDefaultUserAgentProvider;`,
  },
  {
    file: '@aws-sdk/client-dynamodb/package.json',
    why: 'Only the version is read, for the user agent.',
    replacement: (text) => `export default ${JSON.stringify({ version: JSON.parse(text).version })};`,
  },
];

/** Bundles AWS's client without these parts. */
export const leanClient = leanPackage({
  name: 'lean-client',
  packages: /[\\/]node_modules[\\/]@(aws-sdk|smithy)[\\/]/,
  entry: '@aws-sdk/client-dynamodb/dist-es/DynamoDBClient.js',
  parts: PARTS,
});
