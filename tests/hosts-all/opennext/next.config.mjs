// Leaves bundling to wrangler, which targets workerd; Next.js would bundle for Node.js.
export default { serverExternalPackages: ['@lssm-tech/lib.context-snapshot'] };
