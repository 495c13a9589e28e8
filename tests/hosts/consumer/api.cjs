// The package by `require`.
module.exports = {
  ...require('@lssm-tech/lib.context-snapshot'),
  contractAlone: require('@lssm-tech/lib.context-snapshot/contract').contract,
  SnapshotErrorAlone: require('@lssm-tech/lib.context-snapshot/errors').SnapshotError,
  withoutWebAssembly: require('@lssm-tech/lib.context-snapshot/verify'),
};
