import { type ReportedResources, readId, Unreadable } from './reported-event.ts';

// What an allocation of Slurm has (AllocTRES). Memory, energy and `billing`, the weighted number of
// the site, are not read.

type Tres = ReadonlyMap<string, string>;

/** `cpu=8,gres/gpu:a100=2,gres/gpu=2,mem=64G`: counts by name, in any order. */
const readTres = (text: string): Tres =>
  new Map(
    text.split(',').map((part): [string, string] => {
      const [, name, value] = /^([^=]+)=([^=]+)$/.exec(part) ?? [];
      if (name === undefined || value === undefined)
        throw new Unreadable(`AllocTRES ${JSON.stringify(text)} is not a list of name=count`);
      return [name, value];
    }),
  );

const countOf = (tres: Tres, name: string): number => {
  const text = tres.get(name) ?? '0';
  if (!/^\d{1,5}$/.test(text)) throw new Unreadable(`AllocTRES has ${name}=${text}, which is not a count`);
  return Number(text);
};

interface Gpus {
  readonly gpu: number;
  readonly flavor: string;
}

const GPU = 'gres/gpu';
const MODEL = `${GPU}:`;

/**
 * The GPUs of an allocation. Typed counts, like `gres/gpu:a100`, are of the same GPUs as
 * `gres/gpu`: they name the model, or the slice of MIG, and are never added to it.
 */
const gpusOf = (tres: Tres): Gpus => {
  const models = [...tres.keys()].filter((name) => name.startsWith(MODEL) && countOf(tres, name) > 0);
  const names = models.map((name) => name.slice(MODEL.length));
  if (names.length > 1)
    throw new Unreadable(
      `AllocTRES has GPUs of several models (${names.join(', ')}), and a job has one flavor`,
    );
  const [model] = models;
  const [name] = names;
  const typed = model === undefined ? 0 : countOf(tres, model);
  const gpu = tres.has(GPU) ? countOf(tres, GPU) : typed;
  return { gpu, flavor: name !== undefined && typed === gpu ? readId('GPU model', name) : 'gpu' };
};

/** Parts of a GPU, as the site has configured them: `gres/shard` and `gres/mps`. */
const shareOf = (tres: Tres): string | undefined =>
  [...tres.keys()].find((name) => /^gres\/(shard|mps)(:|$)/.test(name) && countOf(tres, name) > 0);

/** Flavor and counts of AllocTRES: the model, `gpu` where it is not known, `cpu` without GPUs. */
export const readAllocation = (text: string): ReportedResources => {
  const tres = readTres(text);
  const { gpu, flavor } = gpusOf(tres);
  const share = shareOf(tres);
  if (share !== undefined && gpu === 0)
    throw new Unreadable(
      `AllocTRES has ${share}=${tres.get(share)} and no count of GPUs: what a share of a GPU is worth is configured by the site`,
    );
  const [cpu, node] = [countOf(tres, 'cpu'), countOf(tres, 'node')];
  if (gpu + cpu + node === 0) throw new Unreadable('AllocTRES has neither GPUs, CPUs nor nodes');
  return {
    flavor: gpu > 0 ? flavor : 'cpu',
    ...(gpu > 0 && { gpu }),
    ...(cpu > 0 && { cpu }),
    ...(node > 0 && { node }),
  };
};
