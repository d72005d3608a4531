import type { Check } from '../engine/diagnostics/doctorReport.ts';
import type { Refusal } from '../engine/models/providerReport.ts';

/** One line about a part that was examined, and the remedy where something is wrong with it. */
export function describeCheck(check: Check): string {
  const { failure } = check;
  if (failure === null) {
    return `ok   ${nameOf(check)}: ${factsOf(check)}`;
  }
  return `FAIL ${nameOf(check)}: ${failure.code}: ${failure.message} → ${failure.remedy}`;
}

const names: Readonly<Record<Check['part'], string>> = {
  runtime: 'Runtime',
  library: 'Library',
  database: 'Database',
  disk: 'Disk space',
  index: 'Search index',
  models: 'Models',
  folder: 'Folder',
};

function nameOf(check: Check): string {
  const name = names[check.part];
  return check.part === 'folder' && check.facts !== null ? `${name} ${check.facts.name}` : name;
}

const roles = {
  leader: '',
  follower: ', indexed by another process at the moment',
  readOnly: ', read-only: searches work, nothing new is indexed',
} as const;

function factsOf({ part, facts }: Check): string {
  if (facts === null) {
    return 'nothing is known';
  }
  switch (part) {
    case 'runtime':
      return `Node ${facts.node}, ${facts.platform} ${facts.architecture}`;
    case 'library':
      return `${facts.storageFolder}${roles[facts.role]}`;
    case 'database':
      return `sound, ${Math.round(facts.bytes / 1024)} KiB`;
    case 'disk':
      return `${Math.round(facts.freeBytes / 1024 ** 2)} MiB free`;
    case 'index':
      return `Annoy, ${facts.faces} faces, ${facts.added} of them not yet in the forest`;
    case 'models': {
      const { name, revision, provider, imagesPerSecond, refused } = facts;
      const speed = imagesPerSecond?.toFixed(1) ?? 'unmeasured';
      const models = `${name} ${revision} on ${provider} (${speed} images/s)`;
      return [models, ...refused.map(describeRefusal)].join('; ');
    }
    case 'folder':
      return facts.path;
  }
}

function describeRefusal({ provider, reason }: Refusal): string {
  return `${provider}: ${reason}`;
}
