// The same by `require`.
module.exports = {
  ...require('@lssm-tech/lib.context-snapshot'),
  withoutWebAssembly: require('@lssm-tech/lib.context-snapshot/verify'),
};
