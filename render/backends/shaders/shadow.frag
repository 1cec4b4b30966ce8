#version 330
// Moments of a variance shadow map, see render/backends/_shadow.py.
uniform float shadow_warp;
in float nearness;
out vec4 moments;

void main() {
    float near = exp(shadow_warp * (nearness - 1.0)), far = inversesqrt(near);
    moments = vec4(near, near * near, far, far * far);
}
