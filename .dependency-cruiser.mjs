/** Which rooms a room may import from. DESIGN: contracts ← toolchain, stacks, monitoring, rollout ← cli, ci. */
const ROOMS = {
  contracts: [],
  toolchain: ['contracts'],
  stacks: ['contracts', 'monitoring'],
  monitoring: ['contracts'],
  rollout: ['contracts', 'monitoring'],
  quality: ['contracts'],
  'model-server': ['contracts'],
  dashboards: ['contracts', 'monitoring'],
  cli: ['contracts', 'toolchain', 'stacks/shared', 'monitoring', 'rollout'],
  ci: ['contracts'],
  studies: ['contracts', 'toolchain', 'monitoring', 'rollout', 'model-server', 'quality'],
};

const below = (rooms) => `^(${rooms.join('|')})/`;
const ours = below(Object.keys(ROOMS));

const rooms = Object.entries(ROOMS).map(([room, allowed]) => ({
  name: `${room}-imports-only-what-it-may`,
  comment: `${room}/ may import from: ${allowed.join(', ') || 'nothing but itself'}. See "The rooms" in the README.`,
  severity: 'error',
  from: { path: below([room]) },
  to: { path: ours, pathNot: below([room, ...allowed]) },
}));

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    ...rooms,
    {
      name: 'contracts-need-only-node',
      comment: 'contracts/ is read by every room and in every image: it brings no packages along.',
      severity: 'error',
      from: { path: '^contracts/' },
      to: { dependencyTypesNot: ['core', 'local'] },
    },
    {
      name: 'stacks-do-not-know-one-another',
      comment: 'What two stacks share is in stacks/shared.',
      severity: 'error',
      from: { path: '^stacks/([^/]+)/', pathNot: '^stacks/shared/' },
      to: { path: '^stacks/', pathNot: '^stacks/($1|shared)/' },
    },
    {
      name: 'shared-knows-no-stack',
      comment: 'Stacks are made of stacks/shared, not the other way round.',
      severity: 'error',
      from: { path: '^stacks/shared/' },
      to: { path: '^stacks/', pathNot: '^stacks/shared/' },
    },
    {
      name: 'sources-are-private',
      comment: 'Only toolchain/ knows where tools and images come from: ask toolchain/index.ts.',
      severity: 'error',
      from: { pathNot: '^(__tests__/)?toolchain/' },
      to: { path: '^toolchain/(upstream|packages)/' },
    },
    {
      name: 'main-only-wires',
      comment: 'main.ts is a program; nothing imports it.',
      severity: 'error',
      from: {},
      to: { path: '^main\\.ts$' },
    },
    {
      name: 'tests-are-not-imported',
      comment: 'What tests and others share belongs to a room.',
      severity: 'error',
      from: { pathNot: '^__tests__/' },
      to: { path: '^__tests__/' },
    },
    {
      name: 'no-cycles',
      comment:
        'Files that need one another at run time are one file, or need a third. Rooms have no cycles at all.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(node_modules|dist|cdktf\\.out|\\.mlops|\\.venv)/' },
    // Types couple rooms as much as code does.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.js', '.mjs', '.json'],
      conditionNames: ['import', 'node'],
    },
  },
};
