import { sveltekit } from '@sveltejs/kit/vite';

// As if the package were linked, so that Vite transforms it.
export default { plugins: [sveltekit()], ssr: { noExternal: ['@lssm-tech/lib.context-snapshot'] } };
