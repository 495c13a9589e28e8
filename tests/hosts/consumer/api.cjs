// The same by `require`.
module.exports = { ...require('@lssm-tech/lib.context-snapshot') };
