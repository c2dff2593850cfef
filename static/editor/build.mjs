// Bundles the code editor. In: editor.js and its npm packages. Out: editor-HASH.js and the chunks it loads
// later in the site being built, and editor-assets.json, which tells `cargo xtask post-build` the names.
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = path.dirname(fileURLToPath(import.meta.url));
const site = path.resolve(process.env.TRUNK_STAGING_DIR ?? path.join(here, "../../dist"));
const release = process.env.TRUNK_PROFILE !== "debug";

const { metafile } = await build({
  absWorkingDir: here,
  entryPoints: ["editor.js"],
  bundle: true,
  splitting: true,
  format: "esm",
  outdir: site,
  entryNames: "[name]-[hash]",
  chunkNames: "editor-part-[hash]",
  minify: release,
  target: ["es2022"],
  legalComments: "linked",
  metafile: true,
  logLevel: "warning",
});

const assets = {};
for (const [file, { entryPoint }] of Object.entries(metafile.outputs)) {
  if (entryPoint) assets[entryPoint] = path.relative(site, path.resolve(here, file)).replaceAll("\\", "/");
}
await writeFile(path.join(site, "editor-assets.json"), JSON.stringify(assets));
