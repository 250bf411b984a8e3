// Builds what the Go program embeds: one script and the style of its charts, each with the licence of uPlot.
// A directory may be named to build into, instead of dist.
import { build } from 'esbuild';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';

const out = process.argv[2] ?? 'dist';
const licence = readFileSync('node_modules/uplot/LICENSE', 'utf8').trim();
const { version } = JSON.parse(readFileSync('node_modules/uplot/package.json', 'utf8'));
const notice = `/*! uPlot ${version}\n${licence}\n*/\n`;

// A browser's language may be none that Intl knows (en-US@posix, of one without a locale), and the whole script would
// end there. The page is in English.
const english = {
  name: 'english',
  setup(build) {
    build.onLoad({ filter: /uPlot\.esm\.js$/ }, ({ path }) => {
      const source = readFileSync(path, 'utf8');
      const contents = source.replace("Intl.NumberFormat(domEnv ? nav.language : 'en-US')", "Intl.NumberFormat('en-US')");
      if (contents === source) throw new Error(`${path} formats numbers otherwise than uPlot 1.6.32`);
      return { contents };
    });
  },
};

mkdirSync(out, { recursive: true });
await build({
  entryPoints: ['src/main.js'],
  outfile: `${out}/page.js`,
  bundle: true,
  minify: true,
  format: 'iife',
  target: 'es2020',
  charset: 'ascii', // the page passes through writers that clean what a terminal acts upon
  legalComments: 'none',
  plugins: [english],
  banner: { js: notice.trimEnd() },
});
const css = readFileSync('node_modules/uplot/dist/uPlot.min.css', 'utf8').trim();
writeFileSync(`${out}/uplot.css`, notice + css + '\n');
