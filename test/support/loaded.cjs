// Preloaded into the program: says on stderr at its end which of its files it opened, and which modules of Node it loaded.
const fs = require("node:fs");

const before = new Set(process.moduleLoadList);
const files = new Set();
const { openSync, readFileSync } = fs;
const noted =
  (open) =>
  (path, ...more) => {
    if (typeof path === "string" && path.endsWith(".cjs")) files.add(path);
    return open(path, ...more);
  };
fs.openSync = noted(openSync);
fs.readFileSync = noted(readFileSync);
process.on("exit", () => {
  const loaded = process.moduleLoadList
    .filter((name) => !before.has(name))
    .map((name) => /^NativeModule (.*)/.exec(name)?.[1]);
  fs.writeSync(2, JSON.stringify({ files: [...files], modules: loaded.filter((name) => name !== undefined) }));
});
