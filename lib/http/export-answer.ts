import { download, type HttpAnswer } from './answers.ts';
import { MAX_CHARGES } from './csv-answer.ts';
import { invalid, monthParameter } from './parameters.ts';
import type { QueryOf } from './read-queries.ts';

/** A Lambda response is at most 6 MB, and bytes are sent as base64, which is a third longer. */
const MAX_BYTES = 4_000_000;

/** The months from `from` to `to` in a query. */
export const monthsParameter = ({ from, to }: QueryOf<'getExport'>) => {
  const range = { from: monthParameter(from, 'from'), to: monthParameter(to ?? from, 'to') };
  if (range.to < range.from) throw invalid('to', 'must not be before from');
  return range;
};

const tooLong = () =>
  invalid(
    'to',
    `must be earlier: one response holds at most ${MAX_CHARGES.toLocaleString('en')} charges and 4 MB. \`jobmeter export\` writes any number`,
  );

interface WithCharges<Charge> {
  readonly charges: () => AsyncIterable<readonly Charge[]>;
}

/** The same statements; reading more of their charges than one response holds is refused. */
export async function* upToLimit<Charge, Statement extends WithCharges<Charge>>(
  statements: AsyncIterable<Statement & WithCharges<Charge>>,
): AsyncGenerator<Statement> {
  let before = 0;
  for await (const statement of statements) {
    let own = 0;
    yield {
      ...statement,
      // Charges may be read twice, so they are counted anew each time.
      charges: async function* () {
        own = 0;
        for await (const page of statement.charges()) {
          own += page.length;
          if (before + own > MAX_CHARGES) throw tooLong();
          yield page;
        }
      },
    };
    before += own;
  }
}

/** A file to download. Refused if it is too large for one response. */
export const fileAnswer = async (
  name: string,
  mediaType: string,
  parts: AsyncIterable<string | Uint8Array>,
): Promise<HttpAnswer> => {
  const content: Buffer[] = [];
  let bytes = 0;
  for await (const part of parts) {
    bytes += Buffer.byteLength(part);
    if (bytes > MAX_BYTES) throw tooLong();
    content.push(Buffer.from(part));
  }
  return download(name, mediaType, Buffer.concat(content));
};
