// node validate.mjs FILE.glb...: prints the Khronos validator's reports as one JSON object, by file.
import { readFileSync } from "node:fs";
import validator from "gltf-validator";

const reports = {};
for (const path of process.argv.slice(2)) {
    const report = await validator.validateBytes(new Uint8Array(readFileSync(path)), { maxIssues: 50 });
    reports[path] = report.issues;
}
console.log(JSON.stringify(reports));
