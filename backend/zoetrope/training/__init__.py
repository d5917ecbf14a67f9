"""Training: from animated creature files to the weights that engines load.

The stages are those of DNF section 3, one file each in `stages/`, in this order:

1. `shape_pretraining`: auto-decoder, one shape field and one latent a body
2. `shape_finetuning`: SVD dictionary of the shape field, one code a layer and body
3. `motion_pretraining`: auto-decoder, one motion field and one latent a frame of every clip
4. `motion_finetuning`: SVD dictionary of the motion field, one code a layer and clip (or frame)
5. `shape_diffusion`: over the tokens (latent and codes) of bodies
6. `motion_diffusion`: over windows of motion tokens, given the shape latent
7. `colour_field` and 8. `palette_diffusion`: not in DNF; colours apart from the shape

Folders, each importing only earlier ones: `data` (sources, prepared samples, labels), `optimisation` (the
loop, optimisers, checkpoints, several processes), `stages`, `export` (weights that engines load),
`from_weights` (starting from weights, new creatures), `hyperdiffusion` and `voxels` (the other engines,
with recipe and run of each), `run` (a whole run of dnf; which engine a recipe is of).
"""
