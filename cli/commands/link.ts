import { type Command, InvalidArgumentError, Option } from 'commander';
import { durationMs } from '../../lib/billing/duration.ts';
import { createLink } from '../../lib/http/links.ts';
import { isLinkLifetime, isRouteOf, LINK_MS, projectRoute } from '../../lib/shapes/link.ts';
import { readLocalSettings } from '../../local/settings.ts';
import { print } from '../output.ts';
import { parseProject } from '../project.ts';
import { signingSecret } from '../signing-secret.ts';
import type { GlobalOptions } from '../stage.ts';

interface LinkOptions extends GlobalOptions {
  readonly project: string;
  readonly to?: string;
  readonly expiresIn: number;
  readonly url?: string;
}

const lifetime = (value: string): number => {
  const ms = durationMs(value);
  if (isLinkLifetime(ms)) return ms;
  throw new InvalidArgumentError('A link is valid for 1s to 1h, like 15m.');
};

const pageUrl = (value: string): string => {
  const url = URL.parse(value);
  if (url && /^https?:$/.test(url.protocol)) return `${url.origin}${url.pathname}`.replace(/\/$/, '');
  throw new InvalidArgumentError('The page has an address like https://usage.example.');
};

export const addLinkCommand = (program: Command): void => {
  program
    .command('link')
    .description('make a link that signs its reader in to the web page, for one project and a short time')
    .addOption(
      new Option('--project <id>', 'the project that the reader may see')
        .argParser(parseProject)
        .makeOptionMandatory(),
    )
    .option('--to <route>', 'where it leads: what the address of a page has after # (default: the project)')
    .addOption(
      new Option('--expires-in <duration>', 'validity, like 30m, at most 1h')
        .argParser(lifetime)
        .default(LINK_MS, '15m'),
    )
    .option('--url <url>', 'the web page (default: that of the local stack)', pageUrl)
    .action(async (_, command: Command) => {
      const {
        stage,
        json,
        project: projectId,
        expiresIn,
        ...options
      } = command.optsWithGlobals<LinkOptions>();
      const to = options.to?.replace(/^#/, '') ?? projectRoute(projectId);
      if (!isRouteOf(projectId, to))
        command.error(`error: --to must be a page of the project, like ${projectRoute(projectId)}/2026-10`);
      const origin =
        options.url ?? (stage === 'local' ? `http://localhost:${readLocalSettings().port}` : undefined);
      if (origin === undefined)
        return command.error(`error: stage ${stage} needs --url, the address of its page`);
      const link = await createLink(
        signingSecret(stage),
        { origin, projectId, to, expiresInMs: expiresIn },
        Date.now(),
      );
      print(json, link, () => link.url);
    });
};
