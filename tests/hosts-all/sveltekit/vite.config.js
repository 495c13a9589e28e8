import { sveltekit } from '@sveltejs/kit/vite';

// As if the package were linked: then Vite transforms it.
export default { plugins: [sveltekit()], ssr: { noExternal: ['@lssm-tech/lib.context-snapshot'] } };
