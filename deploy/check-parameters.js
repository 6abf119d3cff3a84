import { readEndpointConfig } from '../lib/config/endpoints.ts';
import { ConfigError } from '../lib/config/environment.ts';
import { readPollConfig } from '../lib/config/poll.ts';
import {
  readCloseConfig,
  readExportConfig,
  readLogConfig,
  readPlatformConfig,
  readTableConfig,
  readTokenConfig,
  readWebhookConfig,
} from '../lib/config.ts';

const READERS = [
  ...[readCloseConfig, readEndpointConfig, readExportConfig, readLogConfig, readPlatformConfig],
  ...[readPollConfig, readTableConfig, readTokenConfig, readWebhookConfig],
];

/** AWS fills in the others when the stage is deployed: they are objects, or have a reference inside. */
const isKnown = (value) => typeof value !== 'object' && !String(value).includes('{{resolve:');

/** Of the variables of a function, with their values: other readers' variables it does not have. */
const problemsOf = (reader, environment) => {
  try {
    reader(Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, String(value)])));
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const known = Object.keys(environment).filter((name) => isKnown(environment[name]));
    return error.problems.filter((problem) => known.includes(problem.split(' ')[0]));
  }
};

/** What the functions would refuse to start with. */
const refusedBy = ({ provider, functions }) =>
  Object.values(functions).flatMap(({ environment }) =>
    READERS.flatMap((reader) => problemsOf(reader, { ...provider.environment, ...environment })),
  );

/** `invoiceIssuer` of INVOICE_ISSUER_NAME, `issue` of ISSUE. */
export const parameterOf = (variable) =>
  variable
    .replace(/_NAME$/, '')
    .toLowerCase()
    .replace(/_(.)/g, (_, letter) => letter.toUpperCase());

/** What is wrong with the parameters of a stage: those that are declared, and the names that are given. */
export const wrongParameters = (service, declared, given) => {
  const names = Object.keys(declared.default);
  const unknown = [...given, ...Object.values(declared).flatMap(Object.keys)].filter(
    (name) => !names.includes(name),
  );
  const refused = refusedBy(service).map((problem) =>
    problem.replace(/\b[A-Z_]+\b/g, (word) => names.find((name) => name === parameterOf(word)) ?? word),
  );
  return [
    ...(unknown.length > 0
      ? [`there is no parameter ${unknown.join(', ')}: the names are ${names.join(', ')}`]
      : []),
    ...new Set(refused),
  ];
};

/** Ends a command for a stage with a parameter that is unknown, or that its functions refuse. */
export default class CheckParameters {
  constructor(serverless) {
    this.hooks = { initialize: () => this.check(serverless) };
  }

  check({ service, configurationInput, processedInput, classes }) {
    const given = (processedInput.options.param ?? []).map((option) => option.split('=')[0]);
    const wrong = wrongParameters(service, configurationInput.params, given);
    if (wrong.length > 0) throw new classes.Error(wrong.join('\n'));
  }
}
