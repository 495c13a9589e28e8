// Bundles main.js, resolving packages by files and folders only, or by `exports`.
const { loadConfig, runBuild } = require('metro');

async function main([enabled]) {
  const config = await loadConfig(
    { cwd: __dirname },
    {
      projectRoot: __dirname,
      watchFolders: [`${__dirname}/../node_modules`],
      resolver: {
        nodeModulesPaths: [`${__dirname}/../node_modules`],
        sourceExts: ['js', 'cjs', 'json'],
        unstable_enablePackageExports: enabled === 'exports',
        useWatchman: false,
      },
      reporter: { update() {} },
      maxWorkers: 1,
    },
  );
  const { code } = await runBuild(config, {
    entry: 'main.js',
    platform: 'ios',
    minify: false,
    dev: false,
    out: `${__dirname}/out-${enabled}`,
  });
  if (code === undefined) throw new Error('nothing was bundled');
}
main(process.argv.slice(2));
