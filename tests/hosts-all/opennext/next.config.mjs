// So that wrangler bundles it for workerd, and not Next.js for Node.
export default { serverExternalPackages: ['@lssm-tech/lib.context-snapshot'] };
