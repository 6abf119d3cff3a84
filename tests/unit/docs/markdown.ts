export interface CodeBlock {
  readonly language: string;
  /** Its lines, without the indent of the list that it is in. */
  readonly lines: readonly string[];
  /** The heading of the second level that it is under. */
  readonly section: string;
}

interface Markdown {
  readonly blocks: readonly CodeBlock[];
  /** As GitHub makes the anchors of headings. */
  readonly anchors: ReadonlySet<string>;
  readonly links: readonly string[];
}

const FENCE = /^( *)```(\w*)/;

const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-');

/** Code blocks, headings and links of a page. */
export const readMarkdown = (text: string): Markdown => {
  const blocks: (CodeBlock & { lines: string[] })[] = [];
  const headings = new Map<string, number>();
  const anchors = new Set<string>();
  const prose: string[] = [];
  let section = '';
  let open: { readonly block: CodeBlock & { lines: string[] }; readonly indent: string } | undefined;
  for (const line of text.split('\n')) {
    const [, indent = '', language = ''] = FENCE.exec(line) ?? [];
    if (open) {
      if (line.trim() === '```') open = undefined;
      else open.block.lines.push(line.startsWith(open.indent) ? line.slice(open.indent.length) : line);
    } else if (FENCE.test(line)) {
      open = { block: { language, lines: [], section }, indent };
      blocks.push(open.block);
    } else {
      const [, level = '', heading = ''] = /^(#{1,6}) (.+)$/.exec(line) ?? [];
      if (level === '##') section = heading;
      if (level !== '') {
        const anchor = anchorOf(heading);
        const before = headings.get(anchor) ?? 0;
        headings.set(anchor, before + 1);
        anchors.add(before === 0 ? anchor : `${anchor}-${before}`);
      }
      prose.push(line);
    }
  }
  const links = [...prose.join('\n').matchAll(/\]\(([^()\s]+)\)/g)].map(([, target = '']) => target);
  return { blocks, anchors, links };
};

/** The command lines of a block of shell, with what a backslash continues on one line. */
export const commandLines = ({ lines }: CodeBlock): string[] =>
  lines
    .join('\n')
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line.trim() !== '');

/** The words of each `npx jobmeter` of a line, up to a comment, a pipe or a redirection. */
export const jobmeterCommands = (line: string): string[][] =>
  [...line.matchAll(/npx jobmeter((?:\s+(?:"[^"]*"|'[^']*'|[^\s#|>);&"']+))*)/g)].map(([, words = '']) =>
    (words.match(/"[^"]*"|'[^']*'|\S+/g) ?? []).map((word) => word.replace(/^(["'])(.*)\1$/, '$2')),
  );
