import type { Command } from 'commander';
import {
  addEndpoint,
  findEndpoint,
  type NewEndpoint,
  removeEndpoint,
  rotateEndpoint,
} from '../../lib/operations/deliver/endpoints.ts';
import { readActiveEndpoints } from '../../lib/operations/deliver/receivers.ts';
import { isoTime } from '../../lib/operations/public-shapes.ts';
import { Refusal } from '../../lib/refusal.ts';
import type { Endpoint } from '../../lib/store/endpoints.ts';
import { endpointSecret, PREVIOUS_SECRET_MS } from '../../lib/webhooks/endpoint-secret.ts';
import { brokenUrlRule } from '../../lib/webhooks/endpoint-url.ts';
import { connectToChange, endpointKeyOf, typesOption } from '../endpoint-options.ts';
import { listTable } from '../list.ts';
import { print, red } from '../output.ts';
import { parseProject } from '../project.ts';
import { connectStage, type GlobalOptions } from '../stage.ts';

const view = ({ endpointId, url, types, projectId, createdAt, previousUntil }: Endpoint) => ({
  ...{ endpointId, url, types: types ?? 'all', projectId: projectId ?? 'all' },
  createdAt: isoTime(createdAt),
  ...(previousUntil !== undefined && { previousSecretUntil: isoTime(previousUntil) }),
});

const textOf = (value: string | readonly string[]) => (typeof value === 'string' ? value : value.join(', '));

type AddOptions = GlobalOptions & { readonly types?: NewEndpoint['types']; readonly project?: string };

const addAddCommand = (endpoint: Command): void => {
  endpoint
    .command('add')
    .description('send events to a URL, from now on')
    .argument('<url>', 'an https URL with a public name; on the stage local also http://localhost')
    .option('--types <list>', 'only events of these types, separated by commas', typesOption)
    .option('--project <id>', 'only events of this project', parseProject)
    .addHelpText(
      'after',
      '\nExamples:\n' +
        '  jobmeter endpoint add https://example.com/hooks\n' +
        '  jobmeter endpoint add https://example.com/hooks --types statement.issued,month.closed\n' +
        '\nIt prints the secret that the consumer verifies messages with (docs/webhooks.md).',
    )
    .action(async (url: string, _, command: Command) => {
      const { types, project, ...options } = command.optsWithGlobals<AddOptions>();
      const rule = brokenUrlRule(url, options.stage);
      if (rule !== undefined) throw new Refusal('invalid', `the URL ${rule}`);
      const key = endpointKeyOf(options.stage);
      const added = await addEndpoint(await connectToChange(options), {
        url: new URL(url).href,
        ...(types && { types }),
        ...(project !== undefined && { projectId: project }),
      });
      const secret = endpointSecret(key, added);
      const { endpointId } = added;
      print(options.json, { ...view(added), secret }, () =>
        [
          `${endpointId} gets events from now on`,
          `secret: ${secret}`,
          '',
          'Each message is signed with it, as Standard Webhooks says. The consumer verifies that before it',
          'reads the message: docs/webhooks.md has ten lines that do.',
          `Try it: jobmeter endpoint test ${endpointId}`,
        ].join('\n'),
      );
    });
};

const addListCommand = (endpoint: Command): void => {
  endpoint
    .command('list')
    .description('list where events are sent, and which')
    .action(async (_, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      const { store } = await connectStage(options);
      const endpoints = (await readActiveEndpoints(store)).map(view);
      print(options.json, { endpoints }, () =>
        endpoints.length === 0
          ? 'no endpoint: add one with jobmeter endpoint add <url>'
          : listTable(
              [
                { title: 'endpoint', text: ({ endpointId }) => endpointId },
                { title: 'url', text: ({ url }) => url },
                { title: 'types', text: ({ types }) => textOf(types) },
                { title: 'project', text: ({ projectId }) => projectId },
                { title: 'since', text: ({ createdAt }) => createdAt },
              ],
              endpoints,
            ),
      );
    });
};

const addRemoveCommand = (endpoint: Command): void => {
  endpoint
    .command('remove')
    .description('send nothing there any more, not even what waits for it')
    .argument('<id>', 'the id of the endpoint')
    .action(async (id: string, _, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      const removed = await removeEndpoint(await connectToChange(options), id);
      print(options.json, view(removed), () => `${id} is removed: ${removed.url} gets nothing any more`);
    });
};

const addRotateCommand = (endpoint: Command): void => {
  endpoint
    .command('rotate')
    .description('a new secret; messages are signed with the one before it too, for 24 hours')
    .argument('<id>', 'the id of the endpoint')
    .option('--now', 'end the secret before it at once, as when it has leaked')
    .action(async (id: string, _, command: Command) => {
      const { now = false, ...options } = command.optsWithGlobals<GlobalOptions & { readonly now?: true }>();
      const key = endpointKeyOf(options.stage);
      const rotated = await rotateEndpoint(await connectToChange(options), id, now ? 0 : PREVIOUS_SECRET_MS);
      const secret = endpointSecret(key, rotated);
      const { previousUntil } = rotated;
      print(options.json, { ...view(rotated), secret }, () =>
        [
          `secret: ${secret}`,
          previousUntil === undefined
            ? 'The secret before it signs no more: the consumer needs the new one now.'
            : `The secret before it signs too until ${isoTime(previousUntil)}: give the consumer the new one by then.`,
        ].join('\n'),
      );
    });
};

const addTestCommand = (endpoint: Command): void => {
  endpoint
    .command('test')
    .description('send one signed event of type endpoint.test from this machine; it is not stored')
    .argument('<id>', 'the id of the endpoint')
    .action(async (id: string, _, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      const key = endpointKeyOf(options.stage);
      const { store, now } = await connectStage(options);
      const found = await findEndpoint(store, id);
      const { sendTest } = await import('../../lib/webhooks/send-test.ts');
      const outcome = await sendTest({ stage: options.stage, now }, key, found);
      print(options.json, { endpointId: id, ...outcome }, () => {
        const took = `after ${outcome.tookMs} ms`;
        return outcome.error === undefined
          ? `delivered: ${found.url} answered ${outcome.status} ${took}`
          : red(`not delivered: ${found.url}: ${outcome.error} (${took})`);
      });
      if (outcome.error !== undefined) process.exitCode = 1;
    });
};

const addSecretCommand = (endpoint: Command): void => {
  endpoint
    .command('secret')
    .description('print the secret of an endpoint again: it follows from ENDPOINT_KEY')
    .argument('<id>', 'the id of the endpoint')
    .action(async (id: string, _, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      const key = endpointKeyOf(options.stage);
      const { store } = await connectStage(options);
      const secret = endpointSecret(key, await findEndpoint(store, id));
      print(options.json, { endpointId: id, secret }, () => secret);
    });
};

export const addEndpointCommands = (program: Command): void => {
  const endpoint = program.command('endpoint').description('where events are sent, signed as webhooks');
  addAddCommand(endpoint);
  addListCommand(endpoint);
  addTestCommand(endpoint);
  addRotateCommand(endpoint);
  addSecretCommand(endpoint);
  addRemoveCommand(endpoint);
};
