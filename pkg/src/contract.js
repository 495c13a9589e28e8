// The entry `./contract`: the contract of the operation alone, which is data. It imports no script of the main entry.

import contractData from '#contract';

const { freeze, values } = Object;

function deepFreeze(value) {
  if (typeof value !== 'object') return;
  const parts = values(value);
  for (let at = 0; at < parts.length; at++) deepFreeze(parts[at]);
  freeze(value);
}
deepFreeze(contractData);

export { contractData as contract };
