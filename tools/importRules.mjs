// Which room may import which, for dependency-cruiser: the allow-list of src/ARCHITECTURE.md.
// What is not listed is an error, so that a new room or a new package needs a line here.

const engine = (...rooms) => rooms.map((room) => `^src/engine/${room}/`);

/** Each room with the rooms and packages that it may import besides its own files and `common`. */
const rooms = {
  '^src/common/': [],
  '^src/protocol/': [],
  '^src/native/': [],
  '^src/engine/files/': [],
  '^src/engine/imaging/': ['^src/native/'],
  '^src/engine/models/': engine('imaging'),
  '^src/engine/library/': [],
  '^src/engine/indexing/': engine('files', 'imaging', 'models', 'library'),
  '^src/engine/search/': [
    '^src/native/',
    ...engine('files', 'imaging', 'models', 'library', 'indexing'),
  ],
  '^src/engine/characters/': [
    '^src/native/',
    ...engine('files', 'imaging', 'models', 'library', 'indexing', 'search'),
  ],
  '^src/engine/duplicates/': engine('imaging', 'library', 'search'),
  '^src/engine/shared/': engine('library', 'search'),
  '^src/engine/diagnostics/': [
    '^src/native/',
    ...engine('files', 'imaging', 'models', 'library', 'indexing', 'search'),
  ],
  '^src/engine/server/': ['^src/protocol/', '^src/engine/'],
  '^src/engine/[^/]+\\.ts$': ['^src/engine/'],
  '^src/cli/': ['^src/engine/(?!server/)'],
  '^src/host/': ['^src/protocol/'],
  '^webview/': ['^src/protocol/'],
  '^tools/sample/': engine('imaging'),
  '^tools/': ['^src/', '^test/', '^tools/'],
};

/** Packages with native parts or a connection of their own: the one file that imports each. */
const importers = {
  sharp: '^src/engine/imaging/sharp\\.ts$',
  'onnxruntime-node': '^src/engine/models/runtime\\.ts$',
  chokidar: '^src/engine/files/watchFolders\\.ts$',
  pg: '^src/engine/shared/postgres\\.ts$',
  '@vscode/webview-ui-toolkit': '^webview/controls\\.ts$',
};

const keys = Object.keys(rooms);

function roomRule([room, allowed], index) {
  // A file belongs to the first room that matches it.
  const earlier = keys
    .slice(0, index)
    .filter((key) => key.startsWith(room) || room === '^src/engine/[^/]+\\.ts$');
  return {
    name: `imports of ${room.replace(/[\^\\$]/g, '')}`,
    comment: 'A room knows only the rooms to its left: see src/ARCHITECTURE.md.',
    severity: 'error',
    from: { path: room, ...(earlier.length > 0 ? { pathNot: earlier } : {}) },
    to: {
      pathNot: [room, '^src/common/', '^vscode$', ...allowed],
      dependencyTypesNot: ['core', 'npm', 'npm-dev'],
    },
  };
}

const packageRules = Object.entries(importers).map(([name, importer]) => ({
  name: `importer of ${name}`,
  comment: 'Each native package has one importer: see src/ARCHITECTURE.md.',
  severity: 'error',
  // The sequential script stands for a program without the engine, trainings check their exports.
  from: {
    path: '^(src|webview|tools)/',
    pathNot: [importer, '^tools/(bench/sequentialScript\\.ts$|training/)'],
  },
  to: { path: `(^|node_modules/)${name}(/|$)` },
}));

export default {
  forbidden: [
    ...Object.entries(rooms).map(roomRule),
    ...packageRules,
    {
      name: 'importer of vscode',
      comment: 'Only src/host imports vscode.',
      severity: 'error',
      from: { path: '^(src|webview|tools)/', pathNot: '^src/host/' },
      to: { path: '^vscode$' },
    },
    {
      name: 'importer of the protocol',
      comment: 'Wire types end at the borders: see src/ARCHITECTURE.md.',
      severity: 'error',
      from: {
        path: '^(src|webview|tools)/',
        // The bench measures an engine process from outside, over the wire.
        pathNot: '^(src/(protocol|engine/server|host)|webview)/|^tools/bench/engineProcess\\.ts$',
      },
      to: { path: '^src/protocol/' },
    },
    {
      name: 'circular imports',
      comment: 'Two files that import each other are one file.',
      severity: 'error',
      from: { path: '^(src|webview|tools)/' },
      to: { circular: true },
    },
  ],
  options: {
    parser: 'swc',
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default'],
    },
    // AssemblyScript, another language.
    exclude: { path: '^src/native/kernel/' },
  },
};
