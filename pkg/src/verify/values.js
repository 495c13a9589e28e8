// What the reader of JSON text needs from `src/wasm/js/values.js`.

/** Only the main entry shortens text before it crosses to its module. */
export const shortened = (text) => text;
