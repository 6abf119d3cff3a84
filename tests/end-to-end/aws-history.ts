import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from './programs.ts';

/** The example events of October 2026, moved to another month. */
export const readReported = async (platform: string, month: string): Promise<unknown[]> => {
  const text = await readFile(`docs/examples/${platform}-events.jsonl`, 'utf8');
  const moved = Date.parse(`${month}-01T00:00:00Z`) - Date.parse('2026-10-01T00:00:00Z');
  const lines = text.trim().split('\n');
  return lines.map((line) =>
    JSON.parse(line.replaceAll(/179\d{10}/g, (time) => String(Number(time) + moved))),
  );
};

/** Prices of SageMaker by instance, and of queues of Batch by GPU, beside those of the product page. */
export const publishAwsPrices = async (stage: Readonly<Record<string, string>>) => {
  const tariff = JSON.parse(await readFile('tariffs/2023-02-14-running.json', 'utf8'));
  const prices = {
    ...tariff.prices,
    'ml.p4d.24xlarge': { unit: 'node', pricePerHour: '30' },
    'ml.g5.12xlarge': { unit: 'node', pricePerHour: '6' },
    'ml.p5.48xlarge': { unit: 'node', pricePerHour: '90' },
    gpu: { unit: 'gpu', pricePerHour: '2' },
    'gpu-spot': { unit: 'gpu', pricePerHour: '1' },
  };
  const directory = await mkdtemp(join(tmpdir(), 'jobmeter-prices-'));
  const file = join(directory, 'prices.json');
  await writeFile(file, JSON.stringify({ ...tariff, prices }));
  const { code, stderr } = await run('cli/jobmeter.ts', ['tariff', 'publish', file, '--backdate'], stage);
  await rm(directory, { recursive: true });
  if (code !== 0) throw new Error(`the prices were not published: ${stderr}`);
};
