// Bundles the code editor and the style sheets. In: editor.js and its npm packages, ../styles/app.css and what
// it imports. Out, in the site being built: editor-HASH.js and the chunks it loads later, app.css, and
// editor-assets.json, which tells `cargo xtask post-build` the names.
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

await build({
  absWorkingDir: here,
  entryPoints: ["../styles/app.css"],
  bundle: true,
  outfile: path.join(site, "app.css"),
  minify: release,
  logLevel: "warning",
});

const assets = {};
for (const [file, { entryPoint }] of Object.entries(metafile.outputs)) {
  if (entryPoint) assets[entryPoint] = path.relative(site, path.resolve(here, file)).replaceAll("\\", "/");
}
await writeFile(path.join(site, "editor-assets.json"), JSON.stringify(assets));
