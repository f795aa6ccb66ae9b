/**
 * Property tests draw the same values in every run, so that a change is judged by what it changes. SEED=random draws others, and says
 * which; SEED=N repeats a run.
 */

import fc from "fast-check";

const given = process.env.SEED ?? "20261125";

const seed = given === "random" ? Math.floor(Math.random() * 2 ** 31) : Number(given);

if (given === "random") process.stderr.write(`SEED=${seed}\n`);

fc.configureGlobal({ seed });
