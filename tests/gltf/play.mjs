// node play.mjs FILE.glb OUT.bin TIME...: plays the first clip in three.js and writes what it shows.
// OUT.bin: for each time all positions, then all normals, float32, in the file's axes and metres.
import { readFileSync, writeFileSync } from "node:fs";
import { AnimationMixer, Vector3 } from "three";
import { GLTFLoader } from "three/addons/loaders/GLTFLoader.js";

const [path, out, ...times] = process.argv.slice(2);
const data = readFileSync(path);
const gltf = await new GLTFLoader().parseAsync(
    data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength), "");
let mesh = null;
gltf.scene.traverse((object) => { if (object.isMesh) mesh = object; });
const mixer = new AnimationMixer(gltf.scene);
mixer.clipAction(gltf.animations[0]).play();
const { position, normal } = mesh.geometry.attributes;
const targets = mesh.geometry.morphAttributes;
const vector = new Vector3(), offset = new Vector3(), shown = [];

function show(base, morphs, time) {
    for (let i = 0; i < base.count; i++) {
        vector.fromBufferAttribute(base, i);
        morphs.forEach((target, k) => {
            const weight = mesh.morphTargetInfluences[k];
            if (weight !== 0) vector.addScaledVector(offset.fromBufferAttribute(target, i), weight);
        });
        if (base === position) vector.applyMatrix4(mesh.matrixWorld);
        else vector.normalize();
        shown.push(vector.x, vector.y, vector.z);
    }
}

for (const time of times.map(Number)) {
    mixer.setTime(time);
    gltf.scene.updateMatrixWorld(true);
    show(position, targets.position, time);
    show(normal, targets.normal, time);
}
writeFileSync(out, Buffer.from(new Float32Array(shown).buffer));
console.log(JSON.stringify({ duration: gltf.animations[0].duration, vertices: position.count }));
